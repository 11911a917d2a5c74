function bomb() { let pile = ['more']; for (;;) pile = pile.concat(pile); }
