/** `mcp__playwright__browser_click` → `playwright·browser_click`; other names as they are. */
export function toolLabel(tool: string): string {
  const match = /^mcp__(.+?)__(.+)$/.exec(tool);
  return match ? `${match[1]}·${match[2]}` : tool;
}
