import { expectTypeOf, test } from 'vitest';
import { createOssUploader, type OssUpload } from '../../src/client/index.js';
import type { UploadController } from './uploader-world.js';

interface Answer {
  object: string;
  size: number | null;
  albumId: number | null;
}

/** What is described without a controller of this package. */
interface Described {
  wishes: { folder: string };
  variables: undefined;
  answer: { id: string };
  reason: string;
}

// The compiler checks this file; nothing of it runs but what makes no request.
test('wishes, variables and answer have the types that the controller declares', () => {
  const uploader = createOssUploader<typeof UploadController>({ url: '/uploads' });
  const upload = (file: Blob) => uploader.upload(file, { wishes: {}, variables: { albumId: 1 } });
  expectTypeOf(upload).returns.toEqualTypeOf<OssUpload<Answer>>();
  expectTypeOf((file: Blob) => uploader.upload(file)).returns.toEqualTypeOf<OssUpload<Answer>>();
  // @ts-expect-error a folder is a text
  void ((file: Blob) => uploader.upload(file, { wishes: { folder: 7 } }));
  // @ts-expect-error the controller knows no such variable
  void ((file: Blob) => uploader.upload(file, { variables: { caption: '' } }));

  const described = createOssUploader<Described>({ url: '/uploads' });
  expectTypeOf((file: Blob) =>
    described.upload(file, { wishes: { folder: 'a' } }),
  ).returns.toEqualTypeOf<OssUpload<{ id: string }>>();
  // @ts-expect-error the folder has to be given
  void ((file: Blob) => described.upload(file));
  // @ts-expect-error no variables may be sent
  void ((file: Blob) => described.upload(file, { wishes: { folder: 'a' }, variables: {} }));

  const any = createOssUploader({ url: '/uploads' });
  expectTypeOf((file: Blob) => any.upload(file, { wishes: { a: 1 } })).returns.toEqualTypeOf<
    OssUpload<unknown>
  >();
});
