// Friend: notes what it hears, and thanks whoever the message names in `from`.
function friend({ say, from }, { log }) {
  log(`heard: ${say}`);
  if (from) from.sendOnly({ say: `thank you for "${say}"` });
}
