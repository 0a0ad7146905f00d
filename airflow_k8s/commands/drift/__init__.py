"""How the objects on a stack's cluster differ from those that the stack declares.

`pulumi refresh` finds changed objects of the program. Of a Helm release it reads only what Helm
recorded, never the objects, so this command alone finds what changed inside the release.
"""
