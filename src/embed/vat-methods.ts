// Vat methods: what a program asks of its vat, as the requests that an operator would make.

import { types } from 'node:util';
import { encode } from '../core/capdata.ts';
import { QrtError } from '../core/errors.ts';
import { formatQrid, parseQrid } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import type { InstallReply, OperatorData } from '../kernel/ports.ts';
import { limitsOf, type NodeConfig } from '../node/config.ts';
import type { Desk } from '../node/desk.ts';
import { checkSource } from '../node/install.ts';
import { parseLabel } from '../node/label.ts';
import type { LiveValue } from '../node/live-input.ts';
import { makeInstallRequest, readInstall } from '../node/live-install.ts';
import { makeRequestId, parseRequestId } from '../node/request-id.ts';
import { assertKnown } from './options.ts';
import { Reference, type ReferenceVat, type SendOnlyOptions } from './reference.ts';
import type { InstallOptions, Vat } from './vat.ts';

export interface MethodsInput {
  readonly config: NodeConfig;
  readonly desk: Desk;
  /** Throws QRT_VAT_CLOSED. */
  readonly assertOpen: () => void;
}

const INSTALL_OPTIONS = ['path', 'code', 'name', 'power', 'grants', 'label', 'id'];
const SEND_ONLY_OPTIONS = ['id'];

/** The methods of a vat that is open. */
export function makeVatMethods(input: MethodsInput): Pick<Vat, 'install' | 'reference'> {
  const { config, desk, assertOpen } = input;
  const { requireSandbox } = config;
  const limits = limitsOf(config);

  const vat: ReferenceVat = Object.freeze({
    async sendOnly(target: Reference, args: unknown, options: SendOnlyOptions) {
      assertOpen();
      assertKnown('sendOnly', options, SEND_ONLY_OPTIONS);
      const data = toData({ what: 'args', value: args, bytesMax: ARGS_BYTES_MAX });
      await desk.ask({
        type: 'send',
        id: readId(options.id),
        target: parseQrid(qridOf(target)),
        args: toOperatorData(data),
        wait: false,
      });
    },
  });

  return {
    async install(what: InstallOptions) {
      assertOpen();
      assertKnown('install', what, INSTALL_OPTIONS);
      const id = readId(what.id);
      const label = what.label === undefined ? undefined : parseLabel(what.label, 'label');
      const isReference = (value: unknown): boolean => Reference.qridOf(value) !== undefined;
      const request = await makeInstallRequest({
        id,
        given: readInstall({ limits, isReference, toData }, what),
        toOperatorData: async (data: Capdata<string>) => toOperatorData(data),
        check: (source) => checkSource(source, requireSandbox),
      });
      const asked = desk.ask({ ...request, ...(label !== undefined && { label }) });
      const { qrid } = (await asked) as InstallReply;
      return new Reference(vat, qrid);
    },
    reference(qrid: string) {
      assertOpen();
      return new Reference(vat, formatQrid(parseQrid(qrid, 'The reference')));
    },
  };
}

function readId(id: string | undefined): string {
  return id === undefined ? makeRequestId() : parseRequestId(id, 'id');
}

function qridOf(target: unknown): string {
  const qrid = Reference.qridOf(target);
  if (qrid === undefined) throw new QrtError('QRT_TARGET_INVALID', { what: 'send' });
  return qrid;
}

/** A copy of a value. Throws QRT_DATA_UNCARRIED, QRT_DATA_OVERSIZE. */
function toData({ what, value, bytesMax }: LiveValue): Capdata<string> {
  return encode(value, { what, bytesMax, isProxy: types.isProxy, slotOf: Reference.qridOf });
}

function toOperatorData({ body, slots }: Capdata<string>): OperatorData {
  return { body, slots: slots.map((slot) => parseQrid(slot)) };
}
