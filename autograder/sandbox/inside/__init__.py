"""What runs inside the sandbox, beside strangers' code.

These files are copied into a folder of their own, next to `utils`, and are the package `inside`
there. They import one another relatively and know nothing of `autograder`.
"""
