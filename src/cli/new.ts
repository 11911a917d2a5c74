// `qrt new`: makes a project to start from.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';

interface Options {
  readonly json?: true;
}

/** Adds the command. */
export function addNew(program: Command): void {
  const command = program
    .command('new')
    .description('make a project: an object with its test, manifest and types for editors')
    .argument('<DIR>', 'a directory that does not exist yet, or is empty')
    .action(async (dir: string, options: Options) => {
      const { createProject } = await import('../node/new.ts');
      const project = createProject(dir);
      const next = nextLines(dir);
      if (options.json) return sayJson({ ...project, next });
      say(`Made the project ${project.name} in ${dir}: ${project.files.join(', ')}`);
      remark(`Type next:\n${next.map((line) => `  ${line}`).join('\n')}`);
    });
  withExamples(withJson(command), ['qrt new ./guest-book']);
}

function nextLines(dir: string): readonly string[] {
  const install =
    resolve(dir) === process.cwd() ? 'npm install' : `cd ${quote(dir)} && npm install`;
  return [
    install,
    'npm test',
    'npx qrt create-node NODE && npx qrt start NODE',
    'npx qrt install NODE . --grant log | tee QRID',
    `npx qrt send -d NODE $(cat QRID) '{"method":"write","text":"Hello"}'`,
  ];
}

/** As a word that a shell takes for the path. */
function quote(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
