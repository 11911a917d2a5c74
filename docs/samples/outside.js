// Outside: reaches for what other programs have, and logs what it finds.
function outside(args, { log }) {
  const tries = {
    clock: () => Date.now(),
    chance: () => Math.random(),
    timer: () => setTimeout(() => {}, 1),
    network: () => fetch('http://127.0.0.1'),
    files: () => require('fs'),
    process: () => process.env,
    screen: () => console.log('hello'),
    aGlobal: () => { globalThis.count = 1; },
    ownProperty: () => { outside.count = 1; },
    builtin: () => { Array.prototype.last = 1; },
    newCode: () => new Function('return 1')(),
    bytes: () => new Uint8Array(8),
    later: () => Promise.resolve(1),
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      log(`${name}: ${attempt()}`);
    } catch (error) {
      log(`${name}: ${error.name}: ${error.message}`);
    }
  }
}
