import { plainToInstance } from 'class-transformer';
import {
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  validateSync,
  type ValidationError,
} from 'class-validator';
import { OssCallbackError } from '../../common/errors.js';
import { shown } from '../../common/log-text.js';
import { mediaTypeOf } from '../../protocol/media-type.js';
import { MAX_PARTS, MAX_UPLOAD_BYTES } from '../../protocol/object-limits.js';
import type { CheckedUploadControllerOptions } from './upload-controller-options.js';
import { type Refusable, returnRefusal } from './refusable.js';
import { type AnyUploadWish, UPLOAD_CARRIERS, type UploadCarrier } from './upload-wish.js';

export const MAX_FILES = 100;
/** Deeper ones are refused before anything walks through them recursively. */
const MAX_DEPTH = 8;

/** What a client sends of a file. */
export class WishedFileDto {
  // Where the app makes an object's name of it, a slash or dots would choose a folder.
  @Matches(/^(?!\.{1,2}$)[^/\\\p{Cc}]*$/u, {
    message: 'name must be a file name without slashes or control characters',
  })
  @Length(1, 255)
  @IsString()
  name!: string;

  @MaxLength(255)
  @IsString()
  @IsOptional()
  type?: string;

  @Max(MAX_PARTS * MAX_UPLOAD_BYTES)
  @Min(0)
  @IsInt()
  size!: number;
}

type Classes = Pick<CheckedUploadControllerOptions, 'wishes' | 'variables'>;
type Plain = Record<string, unknown>;

export interface ReadWishes {
  isList: boolean;
  /** In the order of the request; an entry that is invalid is its error. */
  wishes: Refusable<AnyUploadWish>[];
}

/**
 * Reads the body of a request for uploads.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if it is not valid as a whole
 */
export function readUploadWishes(body: unknown, classes: Classes): ReadWishes {
  if (!isPlain(body)) throw invalid('must be a JSON object with "file" or "files"');
  const { file, files, carriers: given, ...rest } = body;
  if ((file === undefined) === (files === undefined)) {
    throw invalid('must have either "file" or "files"');
  }
  const carriers = readCarriers(given);
  if (files === undefined) {
    if (!isPlain(file)) throw invalid('has a "file" that is not an object');
    refuseOthers(rest, ['wishes', 'variables']);
    refuseOthers(file, ['name', 'type', 'size']);
    return { isList: false, wishes: [readWish({ ...file, ...rest }, carriers, classes)] };
  }
  refuseOthers(rest, []);
  if (!Array.isArray(files) || files.length < 1 || files.length > MAX_FILES) {
    throw invalid(`must have 1 to ${MAX_FILES} "files"`);
  }
  return { isList: true, wishes: files.map((one) => tryToRead(one, carriers, classes)) };
}

/** One invalid file must not keep the others from being uploaded. */
function tryToRead(...of: Parameters<typeof readWish>): Refusable<AnyUploadWish> {
  try {
    return readWish(...of);
  } catch (error) {
    return returnRefusal(error);
  }
}

function readWish(
  file: unknown,
  carriers: readonly UploadCarrier[],
  classes: Classes,
): AnyUploadWish {
  if (!isPlain(file)) throw invalid('has a file that is not an object');
  refuseOthers(file, ['name', 'type', 'size', 'wishes', 'variables']);
  const { name, type, size, wishes, variables } = file;
  const dto = Object.assign(new WishedFileDto(), { name, type, size });
  refuseProblem(dto);
  if (dto.type && mediaTypeOf(dto.type) === undefined) {
    throw invalid(`is not valid: type is ${shown(dto.type)}; write one as "image/png", or ""`);
  }
  return {
    file: { name: dto.name, type: dto.type ?? '', size: dto.size },
    wishes: readInstance('wishes', wishes, classes.wishes),
    variables: readInstance('variables', variables, classes.variables),
    carriers,
  };
}

/** An instance of the app's class; without values its validators still decide. */
function readInstance<T extends object>(
  property: string,
  value: unknown,
  type: (new () => T) | undefined,
): T | undefined {
  if (!type) {
    if (value === undefined) return undefined;
    throw invalid(`has "${property}", which this app does not accept`);
  }
  const plain = value ?? {};
  if (!isPlain(plain) || !isShallow(plain, MAX_DEPTH)) {
    throw invalid(`has "${property}" that are not an object of at most ${MAX_DEPTH} levels`);
  }
  const instance = plainToInstance(type, plain);
  refuseProblem(instance);
  return instance;
}

function readCarriers(given: unknown): readonly UploadCarrier[] {
  if (given === undefined) return UPLOAD_CARRIERS;
  const carriers = UPLOAD_CARRIERS.filter(
    (carrier) => Array.isArray(given) && given.includes(carrier),
  );
  if (carriers.length > 0) return carriers;
  throw invalid(
    `has invalid "carriers": list some of ${UPLOAD_CARRIERS.join(', ')}, or leave it out`,
  );
}

/** @throws OssCallbackError about the first violation that class-validator reports */
function refuseProblem(instance: object): void {
  const [error] = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true });
  if (error) throw invalid(`is not valid: ${describe(error)}`);
}

function describe({ property, constraints, children }: ValidationError): string {
  const [child] = children ?? [];
  return Object.values(constraints ?? {})[0] ?? (child ? describe(child) : property);
}

function refuseOthers(value: Plain, known: readonly string[]): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw invalid(`has an unknown property ${shown(other)}`);
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1));
}

function invalid(problem: string): OssCallbackError {
  return new OssCallbackError('INVALID_UPLOAD_REQUEST', `The request for an upload ${problem}.`);
}
