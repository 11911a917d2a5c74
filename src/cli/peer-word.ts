// Peer words: vat ids on the command line. One in 64 begins with `-`, as an option does.
//
// The parser takes whatever begins so for an option, so such a word is marked before it sees it, with
// a character that no argument can hold, and the mark is taken off where the word is read.

/** The commands that take a peer as an argument; none of them has short options. */
const WITH_PEERS: readonly string[] = ['peer', 'doubt'];
/** A vat id or its beginning; one that begins with `--` only whole, as long options begin so too. */
const ID_LIKE_OPTION = /^-(?:[A-Za-z0-9_][\w-]{4,41}|-[\w-]{41})$/;
const MARK = '\0';

/** The words of a command line, with a mark on those that can only be a vat id or its beginning. */
export function markPeerWords(argv: readonly string[]): string[] {
  if (!WITH_PEERS.includes(argv[2] ?? '')) return [...argv];
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, at) => (at < end && ID_LIKE_OPTION.test(word) ? MARK + word : word));
}

/** What such a word was; for arguments that are a peer. */
export function readPeerWord(word: string): string {
  return word.startsWith(MARK) ? word.slice(MARK.length) : word;
}
