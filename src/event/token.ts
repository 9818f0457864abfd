/** Whether a token can be sent: `Authorization: Bearer` takes visible characters of Latin-1 and nothing else. */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e\xa1-\xff]*$/.test(token);
}
