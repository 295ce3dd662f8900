import type { EntityManager } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { toVariablesDto } from '../variables/custom-variables.js';
import type { OnUploadCompletedFilter } from './on-upload-completed.decorator.js';
import type { OssUpload } from '../database/oss-upload.entity.js';

/** A method under `@OnUploadCompleted`. */
export interface UploadHandler {
  /** For messages: `AvatarsService.setAvatar`. */
  name: string;
  filter: OnUploadCompletedFilter;
  run: (upload: OssUpload, manager: EntityManager) => unknown;
}

/** The app's handlers, found when they are first needed: by then Nest has made every provider. */
export class UploadHandlers {
  /** Whether this process completes uploads; one without the app's handlers leaves that to others. */
  readonly areHere: boolean;
  private found: readonly UploadHandler[] | undefined;

  constructor(
    private readonly options: Pick<ResolvedOssCallbackOptions, 'buckets' | 'handlers'>,
    private readonly find: () => readonly UploadHandler[],
  ) {
    this.areHere = options.handlers !== false;
  }

  /** @throws OssCallbackError `INVALID_OPTIONS` as where a handler cannot run */
  all(): readonly UploadHandler[] {
    return (this.found ??= this.find());
  }

  /** Whether any is for this upload. A filter that throws is told of where handlers are tried, not where rows are written. */
  areFor(upload: OssUpload): boolean {
    try {
      return this.matching(upload).length > 0;
    } catch {
      return true;
    }
  }

  /**
   * In the order in which they run.
   * @throws what a class of variables throws, for example in a `@Transform`
   */
  matching(upload: OssUpload): UploadHandler[] {
    return this.all().filter(({ filter }) => this.fits(filter, upload));
  }

  private fits(filter: OnUploadCompletedFilter, upload: OssUpload): boolean {
    const { bucket, objectPrefix, object, owner, variables } = filter;
    return (
      (bucket === undefined || this.options.buckets.get(bucket)?.bucket === upload.bucket) &&
      (objectPrefix === undefined || upload.object.startsWith(objectPrefix)) &&
      // `search`, unlike `test`, does not go on where a global pattern stopped last
      (object === undefined || upload.object.search(object) !== -1) &&
      (owner === undefined || upload.owner === owner) &&
      (variables === undefined || toVariablesDto(variables, upload.variables).ok)
    );
  }
}
