function say({ to }) {
  to.sendOnly({ text: 'We import (and export) coffee.' });
}
