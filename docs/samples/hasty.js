// Hasty, wrong: counts on it that there is room for what it sends.
function hasty({ to, item }, { make_object, log }) {
  const failed = '({ error, context }, { log }) => log(`lost the ${context}: ${error.message}`)';
  Q.when(to.send({ item }), { rejected: make_object(failed, { log }), context: item });
}
