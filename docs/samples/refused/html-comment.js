function page({ to }) {
  to.sendOnly({ html: '<!-- nothing -->' });
}
