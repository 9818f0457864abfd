/** Names inside NATS. Subject tokens know neither dots nor wildcards nor spaces, so ids travel escaped. */

/** The id as one token of a subject or key: letters, digits, `-` and `_` as they are, every other byte as `=hh`. */
export function tokenOf(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]/gu, character =>
    [...Buffer.from(character)].map(byte => `=${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

/** The id of a token that {@link tokenOf} made. */
export function idOfToken(token: string): string {
  return decodeURIComponent(token.replaceAll(/=([0-9a-f]{2})/g, '%$1'));
}

/** The subjects of one log. The stream's name is their first token, so that several logs fit into one account. */
export interface Subjects {
  /** What the stream takes. */
  readonly all: string;
  /** The commits of every ADW. */
  readonly commits: string;
  /** The commits of one ADW: its history, in order, and what an append compares with before it is stored. */
  commitsOf(adwId: string): string;
  /** Pieces of commits that are larger than a message may be. */
  partsOf(adwId: string): string;
  /** Everything of one ADW. */
  allOf(adwId: string): string;
  /** Whose subject this is. */
  adwIdOf(subject: string): string;
}

/** @param stream name of the stream, one token */
export function subjectsOf(stream: string): Subjects {
  return {
    all: `${stream}.>`,
    commits: `${stream}.*.log`,
    commitsOf: adwId => `${stream}.${tokenOf(adwId)}.log`,
    partsOf: adwId => `${stream}.${tokenOf(adwId)}.part`,
    allOf: adwId => `${stream}.${tokenOf(adwId)}.>`,
    adwIdOf: subject => idOfToken(subject.split('.')[1] ?? ''),
  };
}
