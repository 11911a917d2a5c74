// Printer: what Alice has.
function printer({ print }, { log }) {
  log(`printed: ${print}`);
}
