// Spy: would like to have the network.
function spy() {
  import('node:net').then(({ connect }) => connect(80, 'spy.example'));
}
