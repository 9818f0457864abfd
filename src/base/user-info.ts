/** A URL, or URLs in a text, without the names and passwords before their `@`: for messages and screens. */
export function hideUserInfo(text: string): string {
  // To the last `@`: where a password holds one, or a comma or slash, nothing of it may be left.
  return text.replaceAll(/\/\/\S*@/g, '//…@');
}
