// Caretaker: sends `to` a way to the target, and the means to end that way.
function caretaker({ target, to }, { make_object }) {
  const maker = make_object(
    `(args, { memory, make_object }) => ({
      way: make_object('(args, { memory }) => memory.target?.sendOnly(args)', { memory }),
      end: make_object('(args, { memory }) => { delete memory.target; }', { memory }),
    })`,
    { memory: { target }, make_object },
  );
  to.sendOnly(maker.call({}));
}
