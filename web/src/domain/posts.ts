import { inLanguage } from '@/i18n'

/** A post's own title; where it is only the name of its role, that name in the reader's language. */
export function postTitle(post: { title: string; role_name: string; role_name_en: string } | null | undefined): string {
  if (!post) return ''
  return post.title && post.title !== post.role_name ? post.title : inLanguage(post.role_name, post.role_name_en)
}
