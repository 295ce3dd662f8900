import type { EntityManager } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { toVariablesDto } from '../variables/custom-variables.js';
import type { OnUploadCompletedFilter } from './on-upload-completed.decorator.js';
import type { OssUpload } from '../database/oss-upload.entity.js';

/** An `@OnUploadCompleted` method. */
export interface UploadHandler {
  /** For messages: `AvatarsService.setAvatar`. */
  name: string;
  /** One for each decorator; an upload that fits any of them is the handler's. */
  filters: readonly OnUploadCompletedFilter[];
  run: (upload: OssUpload, manager: EntityManager) => unknown;
}

/** The app's handlers, discovered on first use, when Nest has instantiated every provider. */
export class UploadHandlers {
  /** Whether this process runs handlers; if the option `handlers` is `false`, other processes complete the uploads. */
  readonly enabled: boolean;
  private found: readonly UploadHandler[] | undefined;

  constructor(
    private readonly options: Pick<ResolvedOssCallbackOptions, 'buckets' | 'handlers'>,
    private readonly find: () => readonly UploadHandler[],
  ) {
    this.enabled = options.handlers !== false;
  }

  /** @throws OssCallbackError `INVALID_OPTIONS` if a handler cannot run */
  all(): readonly UploadHandler[] {
    return (this.found ??= this.find());
  }

  /**
   * Whether any handler matches. A filter that throws counts as a match: it must not keep the upload from being
   * recorded, and its error is reported when the handlers run.
   */
  hasMatch(upload: OssUpload): boolean {
    try {
      return this.all().some((handler) => this.isFor(handler, upload));
    } catch {
      return true;
    }
  }

  /**
   * The matching handlers, in the order in which they run.
   * @throws what a class of variables throws, for example in a `@Transform`
   */
  matching(upload: OssUpload): UploadHandler[] {
    return this.all().filter((handler) => this.isFor(handler, upload));
  }

  private isFor({ filters }: UploadHandler, upload: OssUpload): boolean {
    return filters.some((filter) => this.fits(filter, upload));
  }

  private fits(filter: OnUploadCompletedFilter, upload: OssUpload): boolean {
    const { bucket, objectPrefix, object, owner, variables } = filter;
    return (
      (bucket === undefined || this.options.buckets.get(bucket)?.bucket === upload.bucket) &&
      (objectPrefix === undefined || upload.object.startsWith(objectPrefix)) &&
      // `test` would start at the `lastIndex` of a global pattern
      (object === undefined || upload.object.search(object) !== -1) &&
      (owner === undefined || upload.owner === owner) &&
      (variables === undefined || toVariablesDto(variables, upload.variables).ok)
    );
  }
}
