// Uncarried: tries to send what JSON would lose or change, and logs what it is told.
function uncarried({ to }, { memory, log }) {
  const ring = {};
  ring.self = ring;
  const tries = {
    nothing: [1, undefined],
    notANumber: { n: Number.NaN },
    minusZero: { n: -0 },
    bigint: { n: 1n },
    text: { t: '\ud800' },
    aFunction: { f: () => 1 },
    aMethod: { list: [{ save() {} }] },
    date: { when: new Date(0) },
    map: new Map([['a', 1]]),
    error: { problem: Error('no') },
    bare: { o: Object.create(null) },
    symbol: { [Symbol('s')]: 1 },
    getter: { get now() { return 1; } },
    hole: [1, , 3],
    proxy: { p: new Proxy({}, {}) },
    ring,
  };
  for (const [name, value] of Object.entries(tries)) {
    try {
      to.sendOnly(value);
    } catch (error) {
      log(`${name}: ${error.message}`);
    }
  }
}
