// List, second version: shows its texts sorted.
function list({ method, text, texts, to }, { memory }) {
  memory.texts ??= [];
  if (method === 'add') memory.texts.push(text);
  if (method === 'show') to.sendOnly([...memory.texts].sort());
  if (method === 'take') memory.texts.unshift(...texts);
  if (method === 'move') {
    to.sendOnly({ method: 'take', texts: memory.texts });
    memory.texts = [];
  }
}
