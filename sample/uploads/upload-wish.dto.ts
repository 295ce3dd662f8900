import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

export const MAX_SIZE_BYTES = 100 * 1024 * 1024;

/** What a client says of the file that it wants to upload. Whose upload that is, it does not get to say. */
export class UploadWish {
  @Length(1, 200)
  @IsString()
  name!: string;

  @IsOptional()
  @Matches(/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/)
  type?: string;

  /** In bytes. */
  @Max(MAX_SIZE_BYTES)
  @Min(0)
  @IsInt()
  @IsOptional()
  size?: number;
}
