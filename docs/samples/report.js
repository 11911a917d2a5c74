// Report: asks a tally for its count, and leaves what is to be done with it to a new object.
function report({ tally, to, label }, { make_object }) {
  const code = '({ count }, { to, label }) => to.sendOnly(`${label}: ${count}`)';
  tally.sendOnly({ add: 0, to: make_object(code, { to, label }) });
}
