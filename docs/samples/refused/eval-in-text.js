function say({ to }) {
  // Never use eval (it is slow).
  to.sendOnly({});
}
