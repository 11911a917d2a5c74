// Info page: what a person sees who looks at a vat's port with a browser.
//
// The only use of express: HTTP faces for people are added here. It says which vat this is and
// nothing about what is in it. The listener loads this file when it is first needed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { VatId } from '../core/ids.ts';

/** Serves every path that is not for vats. */
export function makeInfoPage({ vat, version }: { vat: VatId; version: string }) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    next();
  });
  app.get('/', (_request, response) => {
    response.json({ is: 'a qrt vat', vat, version });
  });
  app.use((_request, response) => {
    response.status(404).json({ error: 'not found', is: 'a qrt vat', vat, version });
  });
  app.use(hideErrors);
  return (request: IncomingMessage, response: ServerResponse): void => {
    // A body would be read by nobody here.
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('connection', 'close');
    }
    app(request as Request, response as Response);
  };
}

/** Express would print the stack, with paths of this machine. Four parameters make it see this. */
function hideErrors(_error: unknown, _request: Request, response: Response, _next: NextFunction) {
  response.status(400).json({ error: 'bad request' });
}
