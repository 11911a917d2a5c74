// Every way of writing an address that somebody has used to get a server to knock at its own doors.
//
// `PORT` stands for that of a real listener on loopback. A row says what becomes of the URL where
// private peers are not allowed, and `reaches` whether it leads to the listener where they are: so
// it is shown of each spelling that it is worth refusing.

/** What becomes of a URL, and why. */
type Verdict = { readonly is: 'no URL' } | { readonly is: 'refused'; readonly as: string };

export interface UrlRow {
  readonly url: string;
  readonly verdict: Verdict;
  readonly why: string;
  readonly reaches: boolean;
}

const noUrl = (why: string, ...urls: readonly string[]): readonly UrlRow[] =>
  urls.map((url) => ({ url, verdict: { is: 'no URL' }, why, reaches: false }));

const refused = (as: string, why: string, ...urls: readonly string[]): readonly UrlRow[] =>
  urls.map((url) => ({ url, verdict: { is: 'refused', as }, why, reaches: as === 'loopback' }));

export const URLS: readonly UrlRow[] = [
  ...refused('loopback', 'the plain form', 'http://127.0.0.1:PORT'),
  ...refused('loopback', 'with a path', 'http://127.0.0.1:PORT/a/b', 'http://127.0.0.1:PORT/'),
  ...refused('loopback', 'a path that climbs', 'http://127.0.0.1:PORT/../../x'),
  ...refused('loopback', 'user and host belong to the path', 'http://127.0.0.1:PORT/@a.example'),
  ...refused('loopback', 'one number', 'http://2130706433:PORT', 'http://017700000001:PORT'),
  ...refused('loopback', 'one number, hexadecimal', 'http://0x7f000001:PORT'),
  ...refused('loopback', 'hexadecimal in capitals', 'http://0X7F.0.0.1:PORT'),
  ...refused('loopback', 'mixed bases', 'http://0x7f.1:PORT', 'http://0177.0.0x0.1:PORT'),
  ...refused('loopback', 'octal', 'http://0177.0.0.1:PORT', 'http://00177.00.00.01:PORT'),
  ...refused('loopback', 'short forms', 'http://127.1:PORT', 'http://127.0.1:PORT'),
  ...refused('loopback', 'a dot at the end', 'http://127.0.0.1.:PORT', 'http://127.1.:PORT'),
  ...refused('loopback', 'zeros before the port', 'http://127.0.0.1:0000PORT'),
  ...refused('loopback', 'the name of this machine', 'http://localhost:PORT'),
  ...refused('loopback', 'its name in capitals', 'http://LOCALHOST:PORT', 'http://LocalHost:PORT'),
  ...refused('unspecified', 'leads to loopback on Linux', 'http://0.0.0.0:PORT', 'http://0:PORT'),
  ...refused('unspecified', 'an empty number is zero', 'http://0x:PORT', 'http://0x0.0:PORT'),
  ...refused('unspecified', 'all of the first net', 'http://0.1.2.3:PORT'),
  ...refused('loopback', 'elsewhere in the net', 'http://127.0.0.2:PORT').map(elsewhere),
  ...refused('loopback', 'the end of the net', 'http://127.255.255.254:PORT').map(elsewhere),
  ...refused('private', 'a net of one house', 'http://10.0.0.1:PORT', 'http://10.255.255.255'),
  ...refused('private', 'as one number', 'http://167772161:PORT', 'http://0xc0a80001'),
  ...refused('private', 'the same', 'http://172.16.0.1', 'http://172.31.255.255'),
  ...refused('private', 'the same', 'http://192.168.0.1', 'https://192.168.1.1'),
  ...refused('shared by customers of a provider', 'CGNAT', 'http://100.64.0.1'),
  ...refused('shared by customers of a provider', 'its end', 'http://100.127.255.255'),
  ...refused('link-local', 'metadata of a cloud', 'http://169.254.169.254', 'http://0xa9fea9fe'),
  ...refused('for documentation', 'leads nowhere', 'http://192.0.2.1', 'http://203.0.113.255'),
  ...refused('for documentation', 'leads nowhere', 'http://198.51.100.7'),
  ...refused('multicast', 'no one machine', 'http://224.0.0.1', 'http://239.255.255.255'),
  ...refused('broadcast', 'all machines', 'http://255.255.255.255', 'http://4294967295'),
  ...refused('reserved', 'of protocols', 'http://192.0.0.8', 'http://192.88.99.1'),
  ...refused('reserved', 'of benchmarks', 'http://198.18.0.1', 'http://198.19.255.255'),
  ...refused('reserved', 'never given out', 'http://240.0.0.1'),
  ...noUrl('a number too large', 'http://256.0.0.1:PORT', 'http://4294967296', 'http://1.2.3.4.5'),
  ...noUrl('no digits of its base', 'http://09.1.1.1', 'http://1.0.0.0x1g.8'),
  ...refused('loopback', 'IPv6', 'http://[::1]:PORT', 'https://[::1]:PORT/a').map(elsewhere),
  ...refused('loopback', 'IPv6 at length', 'http://[0:0:0:0:0:0:0:1]:PORT').map(elsewhere),
  ...refused('loopback', 'its last part as IPv4', 'http://[::0.0.0.1]:PORT').map(elsewhere),
  ...refused('unspecified', 'IPv6, leads to loopback on Linux', 'http://[::]:PORT'),
  ...refused('loopback, as IPv4 within IPv6', 'mapped', 'http://[::ffff:127.0.0.1]:PORT'),
  ...refused('loopback, as IPv4 within IPv6', 'mapped', 'http://[::FFFF:7f00:1]:PORT'),
  ...refused('private, as IPv4 within IPv6', 'mapped', 'http://[::ffff:10.0.0.1]'),
  ...refused('link-local', 'IPv6', 'http://[fe80::1]'),
  ...refused('unique-local', 'IPv6 of one house', 'http://[fd00::1]:PORT'),
  ...refused('multicast', 'IPv6', 'http://[ff02::1]'),
  ...noUrl('no IPv6 address', 'http://[]:PORT', 'http://[1::2::3]', 'http://[::12345]'),
  ...noUrl('no IPv6 address', 'http://[127.0.0.1]:PORT', 'http://[::g]', 'http://[localhost]:PORT'),
  ...noUrl('brackets amid something', 'http://a[::1]:PORT', 'http://[::1]a:PORT', 'http://[[::1]]'),
  ...noUrl('brackets in the path', 'http://127.0.0.1:PORT/[::1]'),
  ...noUrl('a zone', 'http://[fe80::1%25eth0]:PORT', 'http://[fe80::1%eth0]:PORT'),
  ...noUrl('IPv6 without brackets', 'http://::1:PORT', 'http://::ffff:127.0.0.1'),
  ...noUrl('letters that look like it', 'http://１２７.0.0.1:PORT', 'http://ⓛocalhost:PORT'),
  ...noUrl('a dot that is none', 'http://127。0。0。1:PORT', 'http://127.0.0．1:PORT'),
  ...noUrl('a soft hyphen', 'http://local\u00adhost:PORT'),
  ...noUrl('letters of other scripts', 'http://bücher.example:PORT'),
  ...noUrl('Punycode of nothing', 'http://xn--a:PORT'),
  ...noUrl('percent signs', 'http://%31%32%37.0.0.1:PORT', 'http://127.0.0.1%2f:PORT'),
  ...noUrl('percent signs', 'http://localhost%00.a.example:PORT', 'http://a.example/%2e%2e'),
  ...noUrl('a user', 'http://a.example@127.0.0.1:PORT', 'http://u:p@127.0.0.1:PORT'),
  ...noUrl('an empty user', 'http://@127.0.0.1:PORT', 'http://:@127.0.0.1:PORT'),
  ...noUrl('a user with a port', 'http://a.example:80@127.0.0.1:PORT'),
  ...noUrl('a fragment', 'http://127.0.0.1:PORT#@a.example', 'http://127.0.0.1:PORT/#'),
  ...noUrl('a query', 'http://127.0.0.1:PORT?@a.example', 'http://127.0.0.1:PORT/?'),
  ...noUrl('backslashes', 'http://127.0.0.1:PORT\\@a.example', 'http:\\\\127.0.0.1:PORT'),
  ...noUrl('backslashes', 'http://a.example\\.127.0.0.1:PORT'),
  ...noUrl('slashes', 'http:/127.0.0.1:PORT', 'http:127.0.0.1:PORT', 'http:///127.0.0.1:PORT'),
  ...noUrl('no scheme', '//127.0.0.1:PORT', '127.0.0.1:PORT', 'localhost:PORT'),
  ...noUrl('another scheme', 'ftp://127.0.0.1:PORT', 'file:///etc/passwd', 'unix:/run/x.sock'),
  ...noUrl('another scheme', 'gopher://127.0.0.1:PORT/_x', 'data:text/plain,x', 'ws://127.0.0.1'),
  ...noUrl('a scheme in capitals', 'HTTP://127.0.0.1:PORT', 'Http://127.0.0.1:PORT'),
  ...noUrl('spaces', ' http://127.0.0.1:PORT', 'http://127.0.0.1:PORT ', 'http://127.0.0.1 :PORT'),
  ...noUrl('line ends', 'http://127.0.0.1:PORT\r\nHost: x', 'ht\ntp://127.0.0.1:PORT'),
  ...noUrl('tabs', 'http://127.0.0\t.1:PORT', 'http://127.0.0.1:PORT\n'),
  ...noUrl('no port', 'http://127.0.0.1:0', 'http://127.0.0.1:65536', 'http://127.0.0.1:-1'),
  ...noUrl('no port', 'http://127.0.0.1:00', 'http://127.0.0.1:PORTx', 'http://127.0.0.1:80:PORT'),
  ...noUrl('nobody', 'http://', 'http://:PORT', 'http:///', 'https://', ''),
  ...noUrl('too long', `http://127.0.0.1:PORT/${'a'.repeat(512)}`),
];

/** The listener is not there, though it is this machine. */
function elsewhere(row: UrlRow): UrlRow {
  return { ...row, reaches: false };
}

/** Names with what a name server says of them, and as what they are refused. */
export const NAMES: readonly {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly as: string;
}[] = [
  { name: 'loopback.example', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'loopback.example.', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'six.example', addresses: ['::1'], as: 'loopback' },
  { name: 'mapped.example', addresses: ['::ffff:127.0.0.1'], as: 'loopback, as IPv4 within IPv6' },
  { name: 'both.example', addresses: ['::1', '127.0.0.1'], as: 'loopback' },
  { name: '127.0.0.1.nip.example', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'xn--bcher-kva.example', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'under_score.example', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'a..example', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'LOUD.EXAMPLE', addresses: ['127.0.0.1'], as: 'loopback' },
  { name: 'zero.example', addresses: ['0.0.0.0'], as: 'unspecified' },
  { name: 'zero-six.example', addresses: ['::'], as: 'unspecified' },
  { name: 'home.example', addresses: ['192.168.0.1', '10.0.0.1'], as: 'private' },
  { name: 'metadata.example', addresses: ['169.254.169.254'], as: 'link-local' },
  { name: 'zone.example', addresses: ['fe80::1%lo'], as: 'link-local' },
  { name: 'local.example', addresses: ['fd00:ec2::254'], as: 'unique-local' },
  { name: 'odd.example', addresses: ['not an address'], as: 'no address' },
];
