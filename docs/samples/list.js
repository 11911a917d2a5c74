// List, first version: keeps texts in the order in which they came.
// `move` hands them to its successor, which gets them as `take`.
function list({ method, text, texts, to }, { memory }) {
  memory.texts ??= [];
  if (method === 'add') memory.texts.push(text);
  if (method === 'show') to.sendOnly(memory.texts);
  if (method === 'take') memory.texts.unshift(...texts);
  if (method === 'move') {
    to.sendOnly({ method: 'take', texts: memory.texts });
    memory.texts = [];
  }
}
