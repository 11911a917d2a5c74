// Text: what a string must be so that UTF-8 can carry it.

interface WellFormedText {
  isWellFormed(): boolean;
}

/** Whether no surrogate in a text stands alone: otherwise UTF-8 cannot carry it. */
export function isWellFormed(text: string): boolean {
  return (text as string & WellFormedText).isWellFormed();
}
