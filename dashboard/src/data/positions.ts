import type { Position } from '../../../src/event/position.ts';

/** What the log holds of every file generation of an ADW. */
export async function readPositions(adwId: string): Promise<readonly Position[]> {
  const response = await fetch(`/api/v1/adws/${encodeURIComponent(adwId)}/positions`);
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return ((await response.json()) as { files: Position[] }).files;
}
