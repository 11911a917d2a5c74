function loop() { for (;;); }
