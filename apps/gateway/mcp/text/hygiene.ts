/**
 * Makes text that one agent wrote safe to show to another: nothing that the eye cannot see, and not longer than agreed.
 * Invisible characters carry instructions past a person who reads along; bidirectional ones show other code than the one that runs.
 */

/** Control characters except tab, line feed and carriage return; terminal sequences as a whole. */
// eslint-disable-next-line no-control-regex
const terminal = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Zero-width, bidirectional and annotation characters, tags, and variation selectors that no font uses: each by itself. */
const invisible =
  // eslint-disable-next-line no-misleading-character-class
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
/** The joiner inside one emoji, such as a family, is seen. */
// eslint-disable-next-line no-misleading-character-class
const emojiJoiner = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;
const lineSeparator = /[\u2028\u2029]/g;
const keptJoiner = '\ue000';
const suspicious = new RegExp([control, invisible, lineSeparator].map(({ source }) => source).join('|'), 'u');

/** The text without what cannot be seen; tabs and line ends stay. */
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(terminal, '')
    .replaceAll(keptJoiner, '')
    .replace(emojiJoiner, keptJoiner)
    .replace(control, '')
    .replace(lineSeparator, '\n')
    .replace(invisible, '')
    .replaceAll(keptJoiner, '\u200d');
}

/** Clean, and at most this many characters; what is cut off is said. */
export function shortText(text: string, maxLength: number): string {
  const clean = cleanText(text).trim();
  if (clean.length <= maxLength) return clean;
  return `${wholeCharacters(clean.slice(0, Math.max(0, maxLength - 1)))}…`;
}

/** The first sentence or line, for lists. */
export function firstLine(text: string, maxLength: number): string {
  return shortText(cleanText(text).trim().split(/\r?\n/, 1)[0]!, maxLength);
}

/** Every string and member name of a JSON value, clean. */
export function cleanJson<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [cleanText(name), cleaned(member)]));
}

/** Without half of a surrogate pair at the end. */
export function wholeCharacters(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}
