function main({ to } {
  to.sendOnly({});
}
