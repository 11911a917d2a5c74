// Courier: sends numbered parcels up to `last`, 500 a turn, as long as there is room for them.
function courier({ to, last, self }, { memory, log }) {
  const stop = Math.min((memory.sent ?? 0) + 500, last);
  try {
    for (let number = (memory.sent ?? 0) + 1; number <= stop; number += 1) {
      to.sendOnly({ parcel: number });
      memory.sent = number;
    }
    if (stop < last) self.sendOnly({ to, last, self });
  } catch (error) {
    if (error.code !== 'QRT_NO_ROOM') throw error;
    log(`sent ${memory.sent} of ${last}, then: ${error.message}`);
  }
}
