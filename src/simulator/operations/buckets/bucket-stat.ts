import { xmlReply } from '../../server/xml.js';
import { StoredObject } from '../../storage/stored-object.js';
import { storageClassOf } from '../objects/object-properties.js';
import type { Run } from '../operation.js';

/** The names of the storage classes in the elements of a BucketStat. */
const CLASSES = {
  IA: 'InfrequentAccess',
  Archive: 'Archive',
  ColdArchive: 'ColdArchive',
  DeepColdArchive: 'DeepColdArchive',
};

/**
 * Counts what a bucket holds, with all versions. What OSS counts once an hour is up to date here.
 * @see https://help.aliyun.com/en/oss/developer-reference/getbucketstat
 */
export const getBucketStat: Run = async (state, _request, { bucket }) => {
  const versions = state.objects.listVersions(bucket).flat();
  const objects = versions.filter((version) => version instanceof StoredObject);
  const uploads = state.multipart.list(bucket);
  const parts = uploads.flatMap((upload) => [...upload.parts.values()]);
  const times = [
    ...versions.map(({ lastModified }) => lastModified),
    ...parts.map(({ uploadedAt }) => uploadedAt),
  ];
  const changedAt = times.reduce((latest, time) => Math.max(latest, time.getTime()), 0);
  const ofClass = (name: string) => objects.filter((stored) => storageClassOf(stored) === name);
  const standard = ofClass('Standard');
  return xmlReply('BucketStat', [
    ['Storage', totalSize(objects)],
    ['ObjectCount', String(objects.length)],
    ['MultipartUploadCount', String(uploads.length)],
    ['LiveChannelCount', '0'],
    ['MultipartPartCount', String(parts.length)],
    ['DeleteMarkerCount', String(versions.length - objects.length)],
    ['LastModifiedTime', String(Math.floor(changedAt / 1000))],
    ['StandardStorage', totalSize(standard)],
    ['StandardObjectCount', String(standard.length)],
    ...Object.entries(CLASSES).flatMap(([name, element]) => {
      const found = ofClass(name);
      return [
        [`${element}Storage`, totalSize(found)],
        [`${element}RealStorage`, totalSize(found)],
        [`${element}ObjectCount`, String(found.length)],
      ] as const;
    }),
  ]);
};

function totalSize(objects: readonly StoredObject[]): string {
  return String(objects.reduce((total, { size }) => total + size, 0));
}
