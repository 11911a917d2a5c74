function flood({ to }) { for (;;) to.sendOnly({ add: 1 }); }
