// Answer ports: what the operator asks about answers that it wanted, and what the vat replies.

/** What an operator can ask about the answers of its sends. */
export interface AnswerRequest {
  /** What became of the answer of the `send` with that id. */
  readonly type: 'result';
  readonly id: string;
  /** Reply only once it is settled. */
  readonly wait?: boolean;
  /**
   * Once it is settled and told, the request is forgotten: nobody can ask after it again. For who
   * lives and dies with the vat, and may ask for more answers in a day than can be kept.
   */
  readonly forget?: boolean;
}

/**
 * Reply to `result`. `data` is the value, or the error as a record without references; references
 * are ids of this vat. Once it is settled it stays so for as long as the request is kept.
 */
export type ResultReply =
  | { readonly id: string; readonly state: 'pending' }
  | {
      readonly id: string;
      readonly state: 'fulfilled' | 'rejected';
      readonly data: { readonly body: string; readonly slots: readonly string[] };
    };
