// Intruder: tries the doors that JavaScript usually has, and writes down what it met.
function intruder({ qrid }, { log }) {
  const attempt = (what, run) => {
    try {
      log(`${what}: ${run()}`);
    } catch (error) {
      log(`${what}: ${error.code ?? error.name}: ${error.message}`);
    }
  };
  const names = ['process', 'require', 'console', 'setTimeout', 'fetch', 'WebSocket', 'Worker'];
  attempt('find the host', () => names.filter((name) => name in globalThis).join() || 'nothing');
  attempt('make new code', () => intruder.constructor.constructor('return process')());
  attempt('tell the time', () => Date.now());
  attempt('leave a global', () => (globalThis.spy = 1));
  attempt('change all objects', () => (Object.prototype.isAdmin = true));
  attempt('change all arrays', () => (Array.prototype.push = () => 'caught'));
  attempt('send to a name', () => Q.sendOnly('o1.0', { add: 1_000_000 }));
  attempt('send to a QRID', () => Q.sendOnly(qrid, { add: 1_000_000 }));
  attempt('make a reference', () => Q.sendOnly({ sendOnly() {}, call() {} }, { add: 1_000_000 }));
}
