// Greedy: meets one limit after another, as `what` says.
function greedy({ what, self }, { memory, make_object, log }) {
  const ways = {
    sends: () => { for (;;) self.sendOnly({ what: 'nothing' }); },
    objects: () => { for (;;) make_object('() => 0'); },
    calls: () => self.call({ what, self }),
    args: () => self.sendOnly({ text: 'x'.repeat(256 * 1024) }),
    memory: () => { memory.text = 'x'.repeat(1024 * 1024); },
    levels: () => { let v = 0; for (let n = 0; n < 65; n += 1) v = [v]; memory.v = v; },
    values: () => { memory.list = Array(100_000).fill(0); },
    caught: () => { try { ways.sends(); } catch (error) { log(error.message); } },
    loop: () => { for (;;); },
    nothing: () => {},
  };
  ways[what]();
}
