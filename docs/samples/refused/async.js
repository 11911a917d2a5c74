async function later({ to }) {
  await to.send({});
}
