({ to }) => to.sendOnly({});
