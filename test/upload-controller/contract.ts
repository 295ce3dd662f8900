import {
  createOssUploadController,
  type OssUploadControllerOptions,
  type OssUploadRefusalReason,
  refuseUpload,
} from '../../src/index.js';
import { FolderWishes, PhotosController, PhotoVariables, UploadController } from './photos.js';

/*
 * Compiled, never run: what a client in TypeScript reads of the type of its controller.
 */

type ContractOf<Class> = Class extends { readonly '~ossUploads'?: infer Contract }
  ? NonNullable<Contract>
  : never;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Holds<Claim extends true> = Claim;

type Photos = ContractOf<typeof UploadController>;
export type PhotosHold = [
  Holds<Same<Photos['wishes'], FolderWishes>>,
  Holds<Same<Photos['variables'], PhotoVariables>>,
  Holds<Same<Photos['answer'], { key: string; albumId: number | undefined }>>,
  Holds<Same<Photos['reason'], 'folder-closed' | OssUploadRefusalReason>>,
];

const Plain = createOssUploadController({
  public: true,
  authorize: () => ({ objectPrefix: 'a/' }),
});
type PlainContract = ContractOf<typeof Plain>;
export type PlainHolds = [
  Holds<Same<PlainContract['wishes'], undefined>>,
  Holds<Same<PlainContract['variables'], undefined>>,
  Holds<Same<PlainContract['answer'], unknown>>,
  Holds<Same<PlainContract['reason'], OssUploadRefusalReason>>,
];

const Silent = createOssUploadController({
  public: true,
  callback: { controller: PhotosController, method: 'otherUploaded' },
  authorize: async (wish) => {
    // @ts-expect-error without the option `wishes` there are none
    String(wish.wishes.folder);
    return wish.file.size > 5 ? refuseUpload('much', 'Much.') : refuseUpload('little', 'Little.');
  },
});
type SilentContract = ContractOf<typeof Silent>;
export type SilentHolds = [
  Holds<Same<SilentContract['answer'], { uploadId: string; status: string }>>,
  Holds<Same<SilentContract['reason'], 'much' | 'little' | OssUploadRefusalReason>>,
];

createOssUploadController({
  public: true,
  wishes: FolderWishes,
  authorize: ({ wishes }) => {
    // @ts-expect-error no such folder
    if (wishes.folder === 'cellar') return { objectPrefix: 'a/' };
    return { objectPrefix: `${wishes.folder}/` };
  },
});

createOssUploadController({
  public: true,
  // @ts-expect-error no such method
  callback: { controller: PhotosController, method: 'none' },
  authorize: () => ({ objectPrefix: 'a/' }),
});

// @ts-expect-error a size is a number
const wrong: OssUploadControllerOptions = { authorize: () => ({ maxSizeBytes: '5' }) };
void wrong;
