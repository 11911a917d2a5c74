// Page: what one visitor wrote. It can add to its own page and has no way to another.
function page({ entry }, { memory, log }) {
  memory.entries.push(entry);
  log(`${memory.visitor} writes: ${entry}`);
}
