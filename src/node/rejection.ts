// Rejection: why there is no answer, as the object that was asked, or qrt in its place, put it.

/** Where nothing says otherwise, as for what a guest throws that is no error. */
const NAME = 'Error';

/**
 * An answer that was rejected: `name`, `message` and `code` are those of the error that the object
 * threw, whoever wrote it; the code of a reason of qrt's own begins with `QRT_`.
 */
export class Rejection extends Error {
  readonly code: string | undefined;

  /** `reason` is what the answer was rejected with; any text in it may be missing. */
  constructor(reason: unknown) {
    const { name, message, code } = readReason(reason);
    super(message);
    this.name = name ?? NAME;
    this.code = code;
  }
}

type Reason = Partial<Record<'name' | 'message' | 'code', string>>;

function readReason(reason: unknown): Reason {
  if (typeof reason !== 'object' || reason === null) return {};
  const texts = Object.entries(reason).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts);
}
