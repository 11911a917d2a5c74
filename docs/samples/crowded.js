// Crowded: refuses what comes first and second, as a queue without room does, and takes the third.
function crowded({ item }, { memory, log }) {
  memory.came = (memory.came ?? 0) + 1;
  if (memory.came < 3) {
    return Q.reject({ name: 'Crowded', message: 'there is no room', code: 'QRT_NO_ROOM' });
  }
  log(`took the ${item} at try ${memory.came}`);
}
