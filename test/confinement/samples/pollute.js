// throws
() => {
  Object.prototype.polluted = true;
}
