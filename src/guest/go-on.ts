// Go on: what is said to code that would wait for an answer as the language has it, with its promises.

/** The way that there is. */
export const GO_ON = 'To go on with an answer, give `Q.when` an object that continues the work';

/** How engines say that there is no such thing. */
const SAID = ['then is not a function', 'Promise is not a constructor'];
const SAID_LENGTH_MAX = 200;

/** The message of an error of the engine, with the way that there is if it looked for the other one. */
export function withHint(message: string): string {
  // Of a long text not even the end is looked at: it may have to be put together first.
  if (message.length > SAID_LENGTH_MAX || !SAID.some((end) => message.endsWith(end)))
    return message;
  return `${message}. ${GO_ON}`;
}
