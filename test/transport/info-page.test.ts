import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { startListener } from '../../src/transport/listener.ts';
import { formatContactPath } from '../../src/transport/routes.ts';
import { endAll, ended, sourceUrl, peer as vat } from './kit.ts';

const contactPath = formatContactPath(vat);

afterEach(endAll);

describe('info page', () => {
  it('the rest of the port says which vat this is, and not where it lives', async () => {
    const listener = await startListener({
      ...{ host: '127.0.0.1', port: 0, vat, version: '0.0.0-test', configPath: 'qrt.json' },
      onInput: () => undefined,
    });
    ended.push(() => listener.close());
    const url = `http://127.0.0.1:${listener.port}`;
    const page = await fetch(url);
    expect(await page.json()).toEqual({ is: 'a qrt vat', vat, version: '0.0.0-test' });
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    const missing = await fetch(`${url}/elsewhere`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ vat });
    const malformed = await fetch(`${url}/%E0%A4%A`);
    expect(await malformed.text()).not.toContain('node_modules');
    const posted = await fetch(url, { method: 'POST', body: 'x' });
    expect(posted.status).toBe(404);
  });

  it('express is loaded by the first look at the rest of the port, and not by a box', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import { startListener } from ${JSON.stringify(sourceUrl('src/transport/listener.ts'))};
      const { cache } = createRequire(${JSON.stringify(sourceUrl('package.json'))});
      const isLoaded = () => Object.keys(cache).some((path) => path.includes('/express/'));
      const options = { host: '127.0.0.1', port: 0, vat: '${vat}', version: '0', configPath: '' };
      const listener = await startListener({
        ...options,
        onInput: ({ ticket }) => {
          listener.reply({ ticket, status: 200, bytes: new Uint8Array(1) });
        },
      });
      for (const path of ['${contactPath}', '/qrt/', '/']) {
        const { status } = await fetch('http://127.0.0.1:' + listener.port + path);
        console.log(status, isLoaded());
      }
      await listener.close();
      process.exit();
    `;
    const args = ['--import', sourceUrl('scripts/ts-loader.mjs'), '--input-type=module', '-e'];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, program]);
    expect(stdout).toBe('200 false\n404 false\n200 true\n');
  });
});
