// Packer: fills a box before there is one; what is sent to it waits, in order.
function packer({ boxes, to }) {
  const box = boxes.send({});
  box.sendOnly({ put: 'tea' });
  Q.when(box.send({ put: 'milk' }), { fulfilled: to });
}
