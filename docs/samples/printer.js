// Printer: writes everything that it is sent to the log.
function printer(args, { log }) {
  log(args);
}
