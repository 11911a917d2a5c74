// Compiler: the type checker, kept warm over a tree in which a few files are different each time.
//
// It reads the tree once. What it is asked about afterwards exists in memory only, so that one
// compiler serves all copies of the tree, and checks no more than what the difference may affect.

import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** Source text by the path of its file in the tree. */
export type Texts = ReadonlyMap<string, string>;

export interface Compiler {
  /** What the type checker says against the tree with `texts` in it; empty when nothing. */
  complaints(texts: Texts): string;
  /** One file of `src`, as the build lays it into dist. */
  compile(text: string): string;
}

type Program = ts.EmitAndSemanticDiagnosticsBuilderProgram;

/** Nothing of it is written. */
const DECLARATIONS_ONLY = { noEmit: false, declaration: true, emitDeclarationOnly: true };

/** Reads and checks the tree in `directory`, which MUST be as it is without a bug. */
export function makeCompiler(directory: string): Compiler {
  const config = readConfig(join(directory, 'tsconfig.json'));
  const options = { ...config.options, ...DECLARATIONS_ONLY, outDir: join(directory, 'none') };
  let changed: Texts = new Map();
  const host = ts.createIncrementalCompilerHost(options);
  const readSource = host.getSourceFile;
  const known = new Map<string, ts.SourceFile | undefined>();
  host.getCurrentDirectory = () => directory;
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = changed.get(relative(directory, path));
    if (text !== undefined) return versioned(ts.createSourceFile(path, text, languageVersion));
    if (!known.has(path)) known.set(path, readSource(path, languageVersion, ...rest));
    return known.get(path);
  };
  const programOf = (texts: Texts, before?: Program): Program => {
    changed = texts;
    const { fileNames, errors } = config;
    return ts.createEmitAndSemanticDiagnosticsBuilderProgram(
      fileNames,
      options,
      host,
      before,
      errors,
    );
  };
  const whole = programOf(new Map());
  const wholeSays = diagnose(whole);
  // What each file shows to others: one that shows the same after a change affects no other.
  whole.emit(undefined, () => undefined);

  return Object.freeze({
    // Always from the tree without a bug: only the files of the bug differ from it.
    complaints: (texts: Texts) =>
      wholeSays !== '' || texts.size === 0 ? wholeSays : diagnose(programOf(texts, whole)),
    compile: (text: string) => {
      const compilerOptions = { ...config.options, noEmit: false, module: ts.ModuleKind.ESNext };
      return ts.transpileModule(text, { compilerOptions }).outputText;
    },
  });
}

function readConfig(path: string): ts.ParsedCommandLine {
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined) throw new Error(format([error]));
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
}

/** A program notices that a file changed by its version. */
function versioned(file: ts.SourceFile): ts.SourceFile {
  return Object.assign(file, { version: ts.sys.createHash!(file.text) });
}

const diagnose = (program: Program): string =>
  format([
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ]);

const format = (diagnostics: readonly ts.Diagnostic[]): string =>
  ts.formatDiagnostics(diagnostics, {
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
