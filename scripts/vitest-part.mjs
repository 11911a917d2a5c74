// Picks the files of a quick `npm test`: all of the quick projects, of each slow one a fifth.
import { BaseSequencer } from 'vitest/node';

/** Projects that run in part: every fifth of their files, in each run others. */
const SLOW_PROJECTS = ['system', 'laws', 'games', 'confinement'];
const STEP = 5;

export class Part extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const seed = Number(process.env['QRT_TEST_SEED']);
    const left = new Set(
      SLOW_PROJECTS.flatMap((name) => {
        const ofProject = files.filter(({ project }) => project.name === name);
        const paths = ofProject.map(({ moduleId }) => moduleId).sort();
        return paths.filter((_, at) => (at + seed) % STEP !== 0);
      }),
    );
    process.stdout.write(
      `${left.size} files of slow tests are left to other runs; all of them: QRT_TEST=thorough npm test\n`,
    );
    return super.sort(files.filter(({ moduleId }) => !left.has(moduleId)));
  }
}
