function bomb() { const pile = []; for (;;) pile.push([...pile]); }
