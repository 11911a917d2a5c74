// killed
function attack() {
  for (;;);
}
